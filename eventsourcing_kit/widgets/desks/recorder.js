// What is said aloud, recorded by the browser if it may. It stays in this page; `keep` gets it as
// base64 only when the learner asks for that. Without a microphone there is no button.

const LONGEST = 600_000; // milliseconds; then it stops by itself
const BITS = 32_000; // a second, enough for speech: ten minutes are 2.4 million bytes, and go to Python in one message

const WHY_NOT = {
  NotAllowedError: "The browser may not use the microphone here. Nothing else needs it.",
  NotFoundError: "There is no microphone. Nothing else needs it.",
};

// One recording: `done` gets the sound once it was stopped.
async function startRecording(done) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS });
  const parts = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.onstop = () => {
    for (const track of stream.getTracks()) track.stop();
    done(new Blob(parts, { type: recorder.mimeType }));
  };
  recorder.start();
  return () => recorder.state !== "inactive" && recorder.stop();
}

function inBase64(blob, then) {
  const reader = new FileReader();
  reader.onload = () => then(reader.result.split(",")[1]);
  reader.readAsDataURL(blob);
}

// What was recorded, to be heard, downloaded and kept.
function playback(keep) {
  const audio = h("audio", { controls: "", "aria-label": "What you said" });
  const link = h("a", {}, "Download");
  const keepButton = button("Keep", "Keep this recording beside your journal, on this machine", keep);
  const element = h("span", { class: "es-row" }, audio, link, keepButton);
  const show = (recording, name, kept) => {
    element.hidden = !recording;
    if (!recording) return;
    if (audio.src !== recording.url) audio.src = recording.url;
    link.href = recording.url;
    link.download = `${name}.${recording.blob.type.includes("mp4") ? "mp4" : "webm"}`;
    keepButton.disabled = Boolean(kept);
    keepButton.textContent = kept ? "✓ Kept" : "Keep";
    keepButton.title = kept;
  };
  return { element, show };
}

// `keep(step, sound)` gives a recording to Python.
function createRecorder(frame, keep) {
  const recordings = new Map(); // by step
  const status = h("span", { class: "es-muted", role: "status" });
  const flip = button("● Record", "Record what you say", () => (stop ? stop() : start()));
  const heard = playback(() => inBase64(recordings.get(view.step).blob, (sound) => keep(view.step, sound)));
  const element = h("div", { class: "es-row es-recorder" }, flip, status, heard.element);
  const canRecord = Boolean(navigator.mediaDevices?.getUserMedia && globalThis.MediaRecorder);
  const limit = frame.later(LONGEST, () => stop?.());
  let view = null;
  let stop = null;
  let isRefused = false;

  async function start() {
    const { step } = view;
    flip.disabled = true;
    try {
      stop = await startRecording((blob) => finish(step, blob));
    } catch (problem) {
      status.textContent = WHY_NOT[problem.name] ?? `Nothing can be recorded: ${problem.message}`;
      isRefused = flip.hidden = true;
      frame.root.focus(); // it was on the button
      return;
    } finally {
      flip.disabled = false;
    }
    if (frame.signal.aborted || view.step !== step) return stop();
    limit.start();
    redraw();
  }

  function finish(step, blob) {
    stop = null;
    limit.cancel();
    if (recordings.has(step)) URL.revokeObjectURL(recordings.get(step).url);
    if (!frame.signal.aborted) recordings.set(step, { blob, url: URL.createObjectURL(blob) });
    redraw();
  }

  function redraw() {
    flip.textContent = stop ? "■ Stop" : recordings.has(view.step) ? "● Record again" : "● Record";
    flip.setAttribute("aria-pressed", Boolean(stop));
    status.textContent = stop ? "Recording. It stays in this page." : "";
    flip.hidden = view.turned;
    heard.show(stop ? null : recordings.get(view.step), `${view.id}-${view.step}`, view.kept);
    frame.root.dataset.recorded = recordings.has(view.step);
  }

  const show = (next) => {
    if (stop && (next.step !== view.step || next.turned || next.finished)) stop();
    view = next;
    element.hidden = !canRecord || view.rubric || view.finished;
    if (!isRefused) redraw();
  };
  frame.signal.addEventListener("abort", () => {
    stop?.();
    for (const { url } of recordings.values()) URL.revokeObjectURL(url);
  });
  return { element, show, flip: () => !element.hidden && !flip.hidden && flip.click() };
}
