import { renderToStaticMarkup } from 'react-dom/server'
import { shorten } from '#lib/util/cut-text.ts'
import { CELL_SHAPES } from '../../matrix/cell-shape.tsx'
import { plural } from '../../ui/format.ts'
import { bodyWords, outsideWords } from '../../words/bodies.ts'
import type { YieldWhenDue } from '../yield-to-browser.ts'
import type { CellVersion } from './cell-versions.ts'
import { rendered, renderInSlices } from './in-slices.ts'
import type { SavedLane } from './model.ts'

const SHOWN_MAX_CHARS = 600
/** Columns beside each other that a sheet of paper has no room for: such a table is printed as a list. */
const WIDE_CONSUMERS = 7

/** The Matrix's drawings, each once; the cells point to them. */
export const CellSymbols = () => (
  <svg width="0" height="0" className="absolute" aria-hidden="true">
    {Object.entries(CELL_SHAPES).map(([look, shape]) => (
      <symbol key={look} id={`cell-${look}`} viewBox="0 0 16 16">
        {shape}
      </symbol>
    ))}
  </svg>
)

const lastOf = (versions: readonly CellVersion[] | undefined): CellVersion =>
  versions?.at(-1) ?? { event: 0, look: '', text: '' }

/** A cell of the Matrix that says its whole sentence, because here nothing can be pressed to learn more. */
function WrittenCell({ consumer, version: { look, text } }: { consumer: string; version: CellVersion }) {
  return (
    <td className="cell" data-look={look}>
      <svg aria-hidden="true">
        <use href={`#cell-${look}`} />
      </svg>
      <em>{consumer}: </em>
      <span>{text}</span>
    </td>
  )
}

function WrittenRow({ lane, row }: { lane: SavedLane; row: SavedLane['rows'][number] }) {
  const { number, outside, sender, bearsIdOf } = row.message
  const text = row.message.text === null ? '' : bodyWords(row.message)
  const who = outside ? outsideWords(bearsIdOf) : sender
  const [verdict, ...cells] = row.versions
  return (
    <tr>
      <th scope="row">
        {number !== null && <i>#{String(number)}</i>}
        {who && (
          <>
            <b>
              <bdi>{who}</bdi>
            </b>{' '}
          </>
        )}
        <bdi>{shorten(text, SHOWN_MAX_CHARS)}</bdi>
      </th>
      <td>
        <span>{lastOf(verdict).text}</span>
      </td>
      {lane.columns.map(({ name }, index) => (
        <WrittenCell key={name} consumer={name} version={lastOf(cells[index])} />
      ))}
      <td>
        <span>{lastOf(cells.at(-1)).text}</span>
      </td>
    </tr>
  )
}

function LaneTable({ lane, rows }: { lane: SavedLane; rows: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of a table, not of fields
    <div
      className="overflow-x-auto print:overflow-visible"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="group"
      aria-label={`Messages on ${lane.label} ${lane.destination}`}
    >
      <table className={lane.columns.length >= WIDE_CONSUMERS ? 'wide' : undefined}>
        <thead>
          <tr>
            <th scope="col">Message</th>
            <th scope="col">Verdict</th>
            {lane.columns.map(({ name, under }) => (
              <th key={name} scope="col">
                {name}
                <small>{under}</small>
              </th>
            ))}
            <th scope="col">Kept</th>
          </tr>
        </thead>
        <tbody {...rendered(rows)} />
      </table>
    </div>
  )
}

export const SECTION =
  'mt-6 rounded-3 border bg-surface p-4 scroll-mt-18 max-700:scroll-mt-32 max-700:p-3 print:mt-4 print:rounded-none print:border-x-0 print:border-b-0 print:px-0 print:py-2'
export const SECTION_NAME = 'text-xl font-strong text-hue wrap-anywhere print:break-after-avoid'
export const SECTION_NOTE = 'fs-md font-text text-ink-3'

/** One lane: its newest verdict, and its messages with a column for each consumer. */
export async function laneSection(
  lane: SavedLane,
  index: number,
  yieldWhenDue: YieldWhenDue,
): Promise<string> {
  const rows = await renderInSlices(lane.rows, yieldWhenDue, (row) => (
    <WrittenRow key={row.message.messageId} lane={lane} row={row} />
  ))
  const name = `${lane.label} ${lane.destination}`
  const newest = lane.rows.at(-1)
  return renderToStaticMarkup(
    <section
      id={`lane-${index}`}
      className={SECTION}
      data-lane={name}
      data-hue={lane.hue}
      aria-labelledby={`name-${index}`}
    >
      <h2 id={`name-${index}`} className={SECTION_NAME}>
        {name} <small className={SECTION_NOTE}>{lane.mode}</small>
      </h2>
      <p className="mt-1 mb-3 text-lg font-strong print:break-after-avoid" data-part="verdict">
        {newest ? lastOf(newest.versions[0]).text : 'Nothing sent yet'}
      </p>
      {lane.left > 0 && (
        <p className="mb-1 font-strong">
          {plural(lane.left, 'earlier message')} of this lane are not in this page; their events are in the
          list below.
        </p>
      )}
      {lane.rows.length > 0 && <LaneTable lane={lane} rows={rows} />}
    </section>,
  )
}
