/**
 * The few lines of program of a saved page: they wind what is there already back to a chosen event. Only ever sets text,
 * looks and `hidden`; without it the page shows the end. Versions are flat: event, word, event, word …
 */
export const PAGE_SCRIPT = `
'use strict';
const { events, began, times, words, lanes } = JSON.parse(document.getElementById('data').textContent);
const bar = document.getElementById('at');
const play = document.getElementById('play');
const at = (versions, event) => {
  let found = -1;
  for (let index = 0; index < versions.length && versions[index] <= event; index += 2) found = versions[index + 1];
  return found;
};
const tables = [...document.querySelectorAll('section[data-lane]')].map((section, lane) => ({
  verdict: section.querySelector('[data-part="verdict"]'),
  rows: [...section.querySelectorAll('tbody tr')].map((element, row) => ({
    element,
    ...lanes[lane][row],
    tds: [...element.querySelectorAll('td')].map((td) => ({ td, text: td.querySelector('span'), shape: td.querySelector('use'), shown: -2 })),
  })),
}));
const items = [...document.querySelectorAll('li[data-event]')].map((element) => ({ element, event: Number(element.dataset.event) }));
const put = (cell, word) => {
  if (cell.shown === word) return;
  cell.shown = word;
  const [look, text] = words[word] || ['', ''];
  cell.td.dataset.look = look;
  if (cell.shape) cell.shape.setAttribute('href', '#cell-' + look);
  cell.text.textContent = text;
};
function draw(event) {
  for (const { verdict, rows } of tables) {
    let newest = '';
    for (const { element, from, versions, tds } of rows) {
      element.hidden = event < from;
      if (element.hidden) continue;
      tds.forEach((cell, index) => put(cell, at(versions[index], event)));
      newest = tds[0].text.textContent;
    }
    verdict.textContent = newest || 'Nothing sent yet';
  }
  for (const item of items) item.element.hidden = item.event > event;
  const time = new Date(began + (times[Math.max(0, event - 1)] || 0)).toISOString().slice(11, 19);
  document.getElementById('moment').textContent = time + ', event ' + event + ' of ' + events;
}
let timer = null;
const stop = () => { clearTimeout(timer); timer = null; play.textContent = 'Play'; };
const step = () => {
  const event = Number(bar.value) + 1;
  if (event > events) { stop(); return; }
  bar.value = String(event);
  draw(event);
  timer = setTimeout(step, Math.min(1000, Math.max(0, (times[event] || 0) - times[event - 1])));
};
play.addEventListener('click', () => {
  if (timer !== null) { stop(); return; }
  if (Number(bar.value) >= events) bar.value = '0';
  play.textContent = 'Pause';
  timer = setTimeout(step, 0);
});
bar.addEventListener('input', () => { stop(); draw(Number(bar.value)); });
bar.value = String(events);
draw(events);
document.querySelector('.player').hidden = false;
`

/** Of the program above, so that the page runs no other; `page.test.ts` says what it has to be. */
export const PAGE_SCRIPT_HASH = 'sha256-qJ8VfcH4h8MTEZqMNOJWtBIn+uDWH43V41/kysuckgA='
