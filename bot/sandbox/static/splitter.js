// The edge between conversation and apps: dragged, or moved by the arrow keys; double click resets.
const KEY = "desk-tray";
const STEP = 16;
const USUAL = 352;

export function makeSplitter(edge) {
  if (!edge) return;
  const [least, most] = [Number(edge.ariaValueMin), Number(edge.ariaValueMax)];
  const set = (pixels) => {
    const width = Math.round(Math.min(most, Math.max(least, pixels)));
    document.documentElement.style.setProperty("--tray", `${width}px`);
    edge.ariaValueNow = String(width);
    return width;
  };
  const keep = (pixels) => {
    const width = set(pixels);
    try {
      localStorage.setItem(KEY, String(width));
    } catch {
      // Without storage the width lasts as long as the page.
    }
  };
  set(remembered());
  edge.addEventListener("dblclick", () => keep(USUAL));
  edge.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (!by) return;
    event.preventDefault();
    keep(Number(edge.ariaValueNow) + by);
  });
  edge.addEventListener("pointerdown", (event) => drag(edge, event, keep));
}

function drag(edge, event, keep) {
  const [from, width] = [event.clientX, Number(edge.ariaValueNow)];
  const move = (moved) => keep(width + from - moved.clientX);
  edge.setPointerCapture(event.pointerId); // else the app's frame swallows the pointer
  edge.addEventListener("pointermove", move);
  edge.addEventListener("lostpointercapture", () => edge.removeEventListener("pointermove", move), { once: true });
}

function remembered() {
  try {
    return Number(localStorage.getItem(KEY)) || USUAL;
  } catch {
    return USUAL;
  }
}
