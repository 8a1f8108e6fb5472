// Waits and repetitions that sleep while nobody looks at the app.

const waiting = new Map();
let awake = true;

function arm(name) {
  const task = waiting.get(name);
  task.timer = setTimeout(() => {
    waiting.delete(name);
    task.run();
  }, task.ms);
}

/** Run later, once per name: a newer wait of that name takes the older one's place. */
export function later(name, ms, run) {
  never(name);
  waiting.set(name, { ms, run });
  if (awake) arm(name);
}

/** Forget a wait. */
export function never(name) {
  clearTimeout(waiting.get(name)?.timer);
  waiting.delete(name);
}

/** Sleep: no wait ends until `wake`. */
export function sleep() {
  awake = false;
  for (const task of waiting.values()) clearTimeout(task.timer);
}

/** Go on with what was waiting. */
export function wake() {
  if (awake) return;
  awake = true;
  for (const name of waiting.keys()) arm(name);
}

/** Forget everything, for good. */
export function end() {
  sleep();
  waiting.clear();
}

/** A promise that fails when it takes too long. */
export function within(ms, promise, late = new Error("timeout")) {
  let timer;
  const limit = new Promise((_, fail) => {
    timer = setTimeout(() => fail(late), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
