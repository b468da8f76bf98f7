/** The look and the few lines of program of a saved page. It stands alone, so it brings its own colours. */

export const STATIC_STYLE = `
:root { color-scheme: light dark; font: 14px/20px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
body { margin: 0 16px 32px; }
h1 { font-size: 20px; line-height: 28px; margin: 16px 0 0; }
p { margin: 0; opacity: .75; }
.player { position: sticky; top: 0; z-index: 2; display: flex; gap: 12px; align-items: center; margin: 12px 0; padding: 8px 12px; border: 2px solid CanvasText; border-radius: 12px; background: Canvas; }
.player input { flex: 1; accent-color: CanvasText; }
.player button { font: inherit; padding: 4px 12px; }
output { white-space: nowrap; }
table { border-collapse: collapse; }
th, td { padding: 4px 8px; text-align: left; border-bottom: 1px solid color-mix(in srgb, CanvasText 15%, Canvas); vertical-align: top; }
thead th { position: sticky; top: 56px; background: Canvas; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
td.text { max-width: 360px; overflow-wrap: anywhere; }
td.none { opacity: .4; }
td.bad { color: #b3261e; }
td.good { color: #14713d; }
@media (prefers-color-scheme: dark) { td.bad { color: #ff8a80; } td.good { color: #7bd88f; } }
small { display: block; font-weight: 400; opacity: .75; }
`

/** Plain script for a browser: draws the table as of the chosen event. Only ever sets text, never markup. */
export const STATIC_SCRIPT = `
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const byId = (id) => document.getElementById(id);
const make = (name, text, look) => {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  if (look) element.className = look;
  return element;
};
const WORDS = { 'in-hand': 'in hand', received: 'received', read: 'read', acknowledged: 'acked', committed: 'committed', requeued: 'went back', rejected: 'rejected', lost: 'not finished', unknown: 'not known' };
const GOOD = new Set(['acknowledged', 'committed']);
const BAD = new Set(['rejected', 'lost']);
const head = make('tr');
head.append(make('th', '#'), make('th', 'Message'));
for (const column of data.columns) {
  const th = make('th', column.name);
  th.append(make('small', column.system + ' ' + column.destination + (column.group ? ', ' + column.group : '')));
  head.append(th);
}
byId('head').append(head);
byId('note').textContent = data.messages.length + ' messages, ' + data.events + ' events' + (data.left ? '; ' + data.left + ' later events are not in this page' : '') + '. Each cell says what the consumer did with the message by then.';
const tables = data.columns.map((column) => new Map(column.cells));
const rows = data.messages.map((message, place) => {
  const row = make('tr');
  row.append(make('th', message.number === null ? '' : '#' + message.number));
  row.append(make('td', (message.sender ? message.sender + ': ' : '') + message.text, 'text'));
  const cells = tables.map((table) => {
    const cell = make('td');
    row.append(cell);
    return { cell, steps: table.get(place) || [] };
  });
  byId('rows').append(row);
  return { row, from: message.from, cells };
});
function draw(at) {
  for (const { row, from, cells } of rows) {
    row.hidden = at < from;
    if (row.hidden) continue;
    for (const { cell, steps } of cells) {
      let state = null;
      for (const [event, next] of steps) if (event <= at) state = next;
      cell.textContent = state === null ? '\\u2013' : WORDS[state];
      cell.className = state === null ? 'none' : GOOD.has(state) ? 'good' : BAD.has(state) ? 'bad' : '';
    }
  }
  const time = data.times[Math.max(0, at - 1)];
  byId('moment').textContent = (time === undefined ? '' : new Date(time).toLocaleTimeString('en-GB')) + '  ' + at + ' / ' + data.events;
}
const bar = byId('at');
let timer = null;
const stop = () => { clearTimeout(timer); timer = null; byId('play').textContent = 'Play'; };
const step = () => {
  const at = Number(bar.value);
  if (at >= data.events) { stop(); return; }
  bar.value = String(at + 1);
  draw(at + 1);
  const silence = Math.max(0, (data.times[at + 1] ?? 0) - (data.times[at] ?? 0));
  timer = setTimeout(step, Math.min(1000, silence));
};
byId('play').addEventListener('click', () => {
  if (timer !== null) { stop(); return; }
  if (Number(bar.value) >= data.events) bar.value = '0';
  byId('play').textContent = 'Pause';
  timer = setTimeout(step, 0);
});
bar.addEventListener('input', () => draw(Number(bar.value)));
draw(data.events);
`
