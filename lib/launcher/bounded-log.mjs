import { appendFileSync, renameSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

/** A broker's log is for reading what went wrong lately; two files of this size are kept. */
const MAX_FILE_BYTES = 4 * 1024 * 1024
const KEPT_LINES = 40
const MAX_LINE_CHARACTERS = 2_000

/** Without half a code point at its end. */
const cutLine = (line) => line.slice(0, MAX_LINE_CHARACTERS).replace(/[\ud800-\udbff]$/, '')

const sizeOf = (path) => {
  try {
    return statSync(path).size
  } catch (error) {
    if (error.code === 'ENOENT') return 0
    throw error
  }
}

/** Appends a program's output to `path`, moves it to `<path>.1` when it is full, and remembers the last lines. */
export function createBoundedLog(path) {
  let size = sizeOf(path)
  let unfinished = ''
  let lines = []
  let unwritten
  // A chunk may end in the middle of a character.
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }

  const remember = (text) => {
    const parts = (unfinished + text).split(/\r?\n/)
    unfinished = cutLine(parts.pop() ?? '')
    const whole = parts.filter((line) => line.trim() !== '').map(cutLine)
    lines = [...lines, ...whole].slice(-KEPT_LINES)
  }

  const write = (chunk) => {
    try {
      if (size > MAX_FILE_BYTES) {
        renameSync(path, `${path}.1`)
        size = 0
      }
      appendFileSync(path, chunk)
      size += chunk.length
    } catch (error) {
      // A full disk or a removed folder must not end the supervisor, for the broker's end is in its hands.
      unwritten ??= error
    }
  }

  return {
    append(chunk, from = 'stdout') {
      remember(decoders[from].write(chunk))
      write(chunk)
    },
    /** Written between the broker's own lines, not counted among them. */
    note(text) {
      write(Buffer.from(`[supervisor ${new Date().toISOString()}] ${text}\n`))
    },
    /** The first reason why the file is incomplete, if it is. */
    unwritten: () => unwritten,
    lastLines: () => (unfinished.trim() === '' ? lines : [...lines, unfinished].slice(-KEPT_LINES)),
    forget() {
      lines = []
      unfinished = ''
    },
  }
}
