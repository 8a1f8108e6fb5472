// What an answer holds, in whatever shape a host hands it over.

/** JSON text as a value; null for anything else. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isWhole = (answer) =>
  answer !== null &&
  typeof answer === "object" && Number(answer.status) > 0 &&
  ("responseText" in answer || "responseJSON" in answer);

/** The lines that the build put into the page: a frame of an opaque origin could not ask for them. */
export const shipped = (id) => document.getElementById(id).content.textContent.split("\n");

/** The value itself; a whole response (`httpCompleteResponse`) that failed is thrown like a rejection. */
export function contentOf(answer) {
  if (typeof answer === "string") return parsed(answer);
  if (!isWhole(answer)) return answer;
  if (answer.status >= 300) throw answer;
  return answer.responseJSON ?? parsed(answer.responseText);
}
