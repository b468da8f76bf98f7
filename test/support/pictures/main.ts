import { parseArgs } from 'node:util'
import { projectRoot } from '../source-files.ts'
import { comparePictures, type PictureOutcome } from './compare.ts'
import { takePictures } from './take.ts'

/**
 * Pictures of every view, state and size of the page, for a change that should leave the screen as it is.
 *
 *     npm run pictures -- take FOLDER [--root CHECKOUT] [--only PATTERN]
 *     npm run pictures -- compare BEFORE AFTER DIFFERENCES [--only PATTERN]
 *
 * `take` needs a finished `next build` in the checkout, this one by default. `compare` prints how many pixels of each
 * picture differ, writes an image of the difference, and exits with 1 if there is any.
 */
const USAGE = 'pictures take FOLDER [--root CHECKOUT] [--only PATTERN] | compare BEFORE AFTER DIFFERENCES'

const say = (line: string) => process.stdout.write(`${line}\n`)

function lineOf(outcome: PictureOutcome): string {
  if (outcome.is === 'missing') return `${outcome.name}: missing from ${outcome.from}`
  if (outcome.is === 'same') return `${outcome.name}: the same`
  return `${outcome.name}: ${outcome.pixels} pixels differ (${outcome.sizes})`
}

async function compare(folders: { before: string; after: string; differences: string }, only: string) {
  const outcomes = await comparePictures(folders, only)
  const differing = outcomes.filter(({ is }) => is !== 'same')
  for (const outcome of differing) say(lineOf(outcome))
  say(`${outcomes.length} pictures, ${differing.length} differ`)
  return differing.length === 0 ? 0 : 1
}

async function take(folder: string, root: string, only: string) {
  const failed = await takePictures({ root, folder, only, report: say })
  return failed.length === 0 ? 0 : 1
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string' }, only: { type: 'string' } },
})
const [command, first, after, differences] = positionals
if (command === 'take' && first) {
  process.exit(await take(first, values.root ?? projectRoot, values.only ?? ''))
} else if (command === 'compare' && first && after && differences) {
  process.exit(await compare({ before: first, after, differences }, values.only ?? ''))
} else {
  say(USAGE)
  process.exit(2)
}
