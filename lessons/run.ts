import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readLessonFile } from '#lib/lessons/lesson-file.ts'
import type { LessonResult } from '#lib/lessons/runner/run-lesson.ts'
import { type Lesson, lessonJsonSchema } from '#lib/protocol/lesson.ts'
import type { Recorder } from '#lib/recording/recorder.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { faultLine } from '#lib/util/yaml-file.ts'
import { startLessonBrokers } from '../test/support/lesson-brokers.ts'
import { recordRoom } from '../test/support/room-recorder.ts'

/** Runs lessons without a screen, on real brokers, and compares what they expect with what the brokers did. */
const USAGE = `usage: npm run lesson -- <name> … | --all [--steps] [--record FOLDER]
  --all     every lesson in this folder
  --steps   prints each step as well
  --record FOLDER  saves a recording of each lesson that went as it says, for /play
  --schema  prints the JSON Schema of a lesson's file
  --rabbitmq URL, --redis URL, --kafka HOST:PORT: brokers that run already; others are started
`
const say = (words: string) => process.stdout.write(`${words}\n`)

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean' },
    steps: { type: 'boolean' },
    record: { type: 'string' },
    schema: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort()

/** Reads those that are asked for; says what is wrong with a file, and resolves with null then. */
function readLessons(names: readonly string[]): Map<string, Lesson> | null {
  const lessons = new Map<string, Lesson>()
  let isWrong = false
  for (const name of names) {
    const file = `${name}.yaml`
    const read = readLessonFile(readFileSync(join(import.meta.dirname, file), 'utf8'))
    if (read.ok) lessons.set(name, read.lesson)
    else {
      isWrong = true
      for (const fault of read.faults) say(`${file}, ${faultLine(fault)}`)
    }
  }
  return isWrong ? null : lessons
}

function print(name: string, result: LessonResult): boolean {
  if (result.kind === 'left-out') {
    say(`- ${name}: left out: ${result.reason}`)
    return true
  }
  const { holds, outcomes, trouble, seconds } = result
  say(`${holds ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`)
  for (const one of outcomes)
    say(`   ${one.holds ? '✓' : '✗'} expected ${one.expected}\n     saw ${one.seen}`)
  if (trouble !== undefined) say(`   ${trouble}`)
  return holds
}

/** Writes what was recorded of the lessons that went as they say. */
function save(folder: string, recorders: ReadonlyMap<string, Recorder>, held: readonly string[]): void {
  mkdirSync(folder, { recursive: true })
  for (const name of held) {
    const parts = recorders.get(name)?.parts()
    if (!parts) continue
    const file = join(folder, `${name}.jsonl`)
    writeFileSync(file, parts.join(''))
    say(`saved ${file}`)
  }
}

async function main(): Promise<number> {
  if (values.schema) {
    say(JSON.stringify(lessonJsonSchema(), null, 2))
    return 0
  }
  const names = values.all ? known : positionals
  const unknown = names.find((name) => !known.includes(name))
  if (values.help || names.length === 0 || unknown !== undefined) {
    if (unknown !== undefined) say(`there is no lesson ${unknown}`)
    say(`${USAGE}lessons: ${known.join(', ')}`)
    return values.help ? 0 : 2
  }
  const lessons = readLessons(names)
  if (lessons === null) return 1
  say('starting brokers …')
  const brokers = await startLessonBrokers([...lessons.values()])
  try {
    const recorders = new Map<string, Recorder>()
    const record = async (name: string, room: Room) => {
      const recorder = await recordRoom(room)
      recorders.set(name, recorder)
      return recorder.stop
    }
    const results = await brokers.run(
      lessons,
      values.steps ? (name, words) => say(`  ${name}: ${words}`) : undefined,
      values.record === undefined ? undefined : record,
    )
    const held = [...results].filter(([name, result]) => print(name, result))
    if (values.record !== undefined)
      save(
        values.record,
        recorders,
        held.map(([name]) => name),
      )
    const leftOut = [...results.values()].filter(({ kind }) => kind === 'left-out').length
    const ran = results.size - leftOut
    const words = leftOut === 0 ? '' : `, ${leftOut} left out`
    say(`\n${held.length - leftOut} of ${ran} lessons as they say${words}`)
    return held.length === results.size ? 0 : 1
  } finally {
    await brokers.close()
  }
}

process.exitCode = await main()
