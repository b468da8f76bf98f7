import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { nameOfLesson, readLessonFile } from '#lib/lessons/lesson-file.ts'
import type { LessonResult } from '#lib/lessons/runner/run-lesson.ts'
import { type Lesson, lessonJsonSchema } from '#lib/protocol/lesson.ts'
import type { Recorder } from '#lib/recording/recorder.ts'
import type { Room } from '#lib/rooms/contract.ts'
import { faultLine } from '#lib/util/yaml-file.ts'
import { type LessonBrokers, startLessonBrokers } from '../test/support/lesson-brokers.ts'
import { recordRoom } from '../test/support/record-room.ts'

/** Runs lessons without a screen, on real brokers, and compares what they expect with what the brokers did. */
const USAGE = `usage: npm run lesson -- <name> … | <file>.yaml … | --all [--steps] [--seats N] [--times N] [--record FOLDER]
  --all     every lesson in this folder
  --steps   prints each step as well
  --seats   with so many people with phones in the room, who vote
  --times   so many times, one after the other
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
    seats: { type: 'string', default: '0' },
    times: { type: 'string', default: '1' },
    help: { type: 'boolean' },
  },
})

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort()

/** A lesson of this folder by its name, or any file by its path from where the command was given. */
const fileOf = (name: string): string =>
  isPath(name) ? resolve(process.env.INIT_CWD ?? '.', name) : join(import.meta.dirname, `${name}.yaml`)
const isPath = (name: string): boolean => name.endsWith('.yaml') || name.endsWith('.yml')

/** Says what is wrong with a file, and returns null then. */
function readLesson(name: string): Lesson | null {
  const file = fileOf(name)
  if (!existsSync(file)) {
    say(`there is no file ${file}`)
    return null
  }
  const read = readLessonFile(readFileSync(file, 'utf8'))
  if (read.ok) return read.lesson
  for (const fault of read.faults) say(`${basename(file)}, ${faultLine(fault)}`)
  return null
}

/** Reads those that are asked for; null where one of them is wrong. */
function readLessons(names: readonly string[]): Map<string, Lesson> | null {
  const read = names.map(
    (name) =>
      [
        isPath(name) ? nameOfLesson({ title: basename(name).replace(/\.ya?ml$/, '') }) : name,
        readLesson(name),
      ] as const,
  )
  const lessons = read.flatMap(([name, lesson]) => (lesson === null ? [] : [[name, lesson] as const]))
  return lessons.length === read.length ? new Map(lessons) : null
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

/** What a user gave for `--seats` or `--times`; NaN where it is no whole number from `least`. */
function countGiven(words: string, least: number): number {
  const count = Number(words)
  return Number.isInteger(count) && count >= least ? count : Number.NaN
}

/** Prints what each run came to. True when all were as they say. */
async function runOnce(
  brokers: LessonBrokers,
  lessons: Map<string, Lesson>,
  seats: number,
): Promise<boolean> {
  const recorders = new Map<string, Recorder>()
  const record = async (name: string, room: Room) => {
    const recorder = await recordRoom(room)
    recorders.set(name, recorder)
    return recorder.stop
  }
  const results = await brokers.run(lessons, {
    seats,
    onStep: values.steps ? (name, words) => say(`  ${name}: ${words}`) : undefined,
    watch: values.record === undefined ? undefined : record,
  })
  const held = [...results].flatMap(([name, result]) => (print(name, result) ? [name] : []))
  if (values.record !== undefined) save(values.record, recorders, held)
  const leftOut = [...results.values()].filter(({ kind }) => kind === 'left-out').length
  const ran = results.size - leftOut
  const words = leftOut === 0 ? '' : `, ${leftOut} left out`
  say(`\n${held.length - leftOut} of ${ran} lessons as they say${words}`)
  return held.length === results.size
}

function usage(problem?: string): number {
  if (problem !== undefined) say(problem)
  say(`${USAGE}lessons: ${known.join(', ')}`)
  return problem === undefined && values.help ? 0 : 2
}

async function main(): Promise<number> {
  if (values.schema) {
    say(JSON.stringify(lessonJsonSchema(), null, 2))
    return 0
  }
  const names = values.all ? known : positionals
  const unknown = names.find((name) => !isPath(name) && !known.includes(name))
  if (unknown !== undefined) return usage(`there is no lesson ${unknown}`)
  const [seats, times] = [countGiven(values.seats, 0), countGiven(values.times, 1)]
  if (Number.isNaN(seats) || Number.isNaN(times)) return usage('--seats and --times take whole numbers')
  if (values.help || names.length === 0) return usage()
  const lessons = readLessons(names)
  if (lessons === null) return 1
  say('starting brokers …')
  const brokers = await startLessonBrokers([...lessons.values()])
  try {
    let wrong = 0
    for (let run = 0; run < times; run += 1) if (!(await runOnce(brokers, lessons, seats))) wrong += 1
    if (times > 1) say(`${times - wrong} of ${times} runs as they say`)
    return wrong === 0 ? 0 : 1
  } finally {
    await brokers.close()
  }
}

process.exitCode = await main()
