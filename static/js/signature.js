// A canvas to sign on. What was drawn goes into the form as a PNG; a drawing survives turning the tablet.
const LINE = 2.2;

for (const canvas of document.querySelectorAll("canvas[data-signature]")) {
  const field = document.getElementById(canvas.dataset.signature);
  const pen = canvas.getContext("2d");
  const strokes = [];
  let stroke = null;

  const fit = () => {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    draw();
  };

  // White paper and dark ink in both themes: the picture is printed.
  const draw = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
    pen.strokeStyle = "#14213d";
    pen.lineWidth = LINE;
    pen.lineCap = pen.lineJoin = "round";
    for (const points of strokes) {
      pen.beginPath();
      points.forEach(([x, y], index) => {
        const at = [x * canvas.clientWidth, y * canvas.clientHeight];
        if (index) pen.lineTo(...at);
        else pen.moveTo(...at);
      });
      if (points.length === 1) {
        pen.arc(points[0][0] * canvas.clientWidth, points[0][1] * canvas.clientHeight, LINE / 2, 0, Math.PI * 2);
      }
      pen.stroke();
    }
  };

  const keep = () => {
    field.value = strokes.length ? canvas.toDataURL("image/png") : "";
  };

  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    stroke = [point(event)];
    strokes.push(stroke);
    draw();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke.push(point(each));
    draw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      stroke = null;
      keep();
    });
  }
  canvas.closest("form").querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes.length = 0;
    draw();
    keep();
  });
  new ResizeObserver(fit).observe(canvas);
}
