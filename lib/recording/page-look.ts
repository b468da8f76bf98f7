/** The look of a saved page. It stands alone, so it brings its own colours: the values of `app/tokens.css`. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --canvas: #f2f2ee; --surface: #fff; --line: #e2e2dc; --ink: #15171c; --ink-2: #434852; --ink-3: #636872; --signal: #ffd83d; --good: #14713d; --bad: #b3261e; --hatch: rgb(21 23 28 / .07); --rabbit: #b84a00; --redis: #ae1c6b; --kafka: #1b5fc1; --hue: var(--ink-2); }
@media (prefers-color-scheme: dark) { :root { --canvas: #0c0e12; --surface: #14171d; --line: #282e38; --ink: #f5f6f8; --ink-2: #c8cdd5; --ink-3: #9ba3af; --good: #62d294; --bad: #ff9087; --hatch: rgb(245 246 248 / .08); --rabbit: #ff9a57; --redis: #ff7ab6; --kafka: #77b5ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 0 24px 48px; max-width: 1440px; background: var(--canvas); color: var(--ink); font: 14px/20px system-ui, -apple-system, "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; line-height: 32px; margin: 24px 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 20px; line-height: 28px; margin: 0; color: var(--hue); overflow-wrap: anywhere; }
h2 small { color: var(--ink-3); font-size: 14px; font-weight: 400; }
p { margin: 0 0 4px; color: var(--ink-2); }
.cut { color: var(--ink); font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; margin: 12px 0 0; }
a { color: inherit; }
section { margin: 24px 0 0; padding: 16px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); scroll-margin-top: 72px; }
[data-hue="rabbit"] { --hue: var(--rabbit); }
[data-hue="redis"] { --hue: var(--redis); }
[data-hue="kafka"] { --hue: var(--kafka); }
.verdict { margin: 4px 0 12px; font-size: 16px; line-height: 24px; font-weight: 600; color: var(--ink); }
.player { position: sticky; top: 8px; z-index: 2; display: flex; gap: 12px; align-items: center; margin: 16px 0 0; padding: 8px 12px; border: 2px solid var(--ink); border-radius: 12px; background: var(--surface); }
.player[hidden] { display: none; }
.player input { flex: 1; min-width: 80px; accent-color: var(--ink); }
.player button { font: inherit; min-width: 72px; min-height: 32px; padding: 4px 12px; border: 1px solid var(--ink-3); border-radius: 8px; background: var(--surface); color: var(--ink); }
button:focus-visible, input:focus-visible, a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; box-shadow: 0 0 0 6px var(--signal); }
output { white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 6px 12px 6px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; min-width: 120px; }
thead th { font-weight: 600; white-space: nowrap; }
thead small { display: block; font-weight: 400; color: var(--ink-3); }
tbody th { width: 28%; min-width: 200px; font-weight: 400; overflow-wrap: anywhere; }
tbody th b:first-child { display: inline-block; margin-right: 4px; padding: 0 6px; border: 1px solid var(--line); border-radius: 4px; }
td:nth-child(2) { width: 15%; }
td:not(:nth-child(2), .away) { padding-left: 18px; }
tbody tr:last-child > * { border-bottom: 0; }
td::before { display: inline-block; width: 18px; margin-left: -18px; color: var(--hue); font-weight: 600; }
.done::before { content: "\\2713"; }
.delivered::before { content: "\\25CF"; }
.read::before { content: "\\25CB"; }
.waiting::before { content: "\\2026"; }
.redone::before, .back::before { content: "\\21BB"; }
.lost::before, .rejected::before, .dead::before { content: "\\00D7"; color: var(--bad); }
.unknown::before { content: "?"; }
.never::before { content: "\\2013"; }
.coming::before { content: "\\00B7"; }
.never::before, .coming::before, .unknown::before { color: var(--ink-3); }
.lost, .rejected, .dead { color: var(--bad); }
.never, .coming, .away, .unknown { color: var(--ink-3); }
.away { padding-left: 6px; print-color-adjust: exact; background: repeating-linear-gradient(135deg, var(--hatch) 0 2px, transparent 2px 8px); }
ol { margin: 12px 0 0; padding: 0; list-style: none; }
li { display: grid; grid-template-columns: 56px 104px 88px minmax(0, 1fr) auto; gap: 0 8px; padding: 4px 0; border-bottom: 1px solid var(--line); }
li:last-child { border-bottom: 0; }
li i, li time { font-style: normal; color: var(--ink-3); }
li b { color: var(--hue); font-weight: 600; }
li span { overflow-wrap: anywhere; }
li small { align-self: start; padding: 0 6px; border: 1px solid var(--line); border-radius: 4px; font-size: 12px; color: var(--ink-2); }
[hidden] { display: none !important; }
@media screen and (max-width: 700px) {
  body { padding: 0 12px 32px; font-size: 15px; }
  section { padding: 12px; scroll-margin-top: 128px; }
  .player { flex-wrap: wrap; }
  .player button { min-height: 48px; }
  .player output { width: 100%; }
  table, tbody, tr, tbody th, td, td:nth-child(2) { display: block; width: auto; min-width: 0; max-width: none; border: 0; padding: 2px 0; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tbody tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  li { grid-template-columns: auto auto 1fr auto; padding: 8px 0; }
  li i { display: none; }
  li span { grid-column: 1 / -1; grid-row: 2; }
  li small { grid-column: 4; }
}
@media screen and (min-width: 701px) { td em { display: none; } }
td em { font-style: normal; font-weight: 600; color: var(--ink); }
@media print {
  @page { margin: 12mm; }
  :root { color-scheme: light; --canvas: #fff; --surface: #fff; --line: #b8b8b0; --ink: #000; --ink-2: #333; --ink-3: #555; --good: #14713d; --bad: #b3261e; --hatch: rgb(21 23 28 / .08); --rabbit: #b84a00; --redis: #ae1c6b; --kafka: #1b5fc1; }
  body { max-width: none; padding: 0; font-size: 11px; line-height: 15px; }
  h1 { margin-top: 0; }
  nav, .player button, .player input { display: none; }
  .player { position: static; margin: 0; padding: 0; border: 0; }
  section { margin-top: 16px; padding: 8px 0; border-width: 1px 0 0; border-radius: 0; }
  .scroll { overflow: visible; }
  th, td { min-width: 0; padding-top: 4px; padding-bottom: 4px; }
  tbody th { min-width: 0; }
  thead th { white-space: normal; overflow-wrap: anywhere; }
  thead small { font-size: inherit; }
  tr, li { break-inside: avoid; }
  h2, .verdict { break-after: avoid; }
  td em { display: none; }
  .wide, .wide tbody, .wide th, .wide td { display: block; width: auto; }
  .wide thead { display: none; }
  .wide tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0 12px; padding: 6px 0; border-bottom: 1px solid var(--line); }
  .wide th, .wide td { padding-top: 1px; padding-bottom: 1px; border: 0; }
  .wide tbody th, .wide td:nth-child(2) { grid-column: 1 / -1; width: auto; }
  .wide td em { display: inline; overflow-wrap: anywhere; }
  li { padding: 2px 0; }
  li small { padding: 0; border: 0; font-size: inherit; }
}
`

/** Of the style above, so that the page allows no other; `page.test.ts` says what it has to be. */
export const PAGE_STYLE_HASH = 'sha256-xqm2pg5qf1T5TlaNPMO4aSdivTSL1OsEuIyZgEbQ4VE='
