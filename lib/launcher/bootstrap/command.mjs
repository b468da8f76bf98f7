import { spawn } from 'node:child_process'

const SHOWN_LINES = 40

/** Why a command failed, with its last output. */
class CommandFailure extends Error {
  constructor(what, output) {
    super(what)
    this.output = output
  }
}

/** Runs a command to its end in silence. Rejects with its last lines when it fails. */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let lines = ['']
    const collect = (chunk) => {
      const [first, ...rest] = chunk.toString('utf8').split('\n')
      lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...rest].slice(-SHOWN_LINES)
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', (error) =>
      reject(new CommandFailure(`${command} cannot be run: ${error.message}`, '')),
    )
    child.once('close', (code, signal) => {
      const output = lines.join('\n').trim()
      if (code === 0) resolve(output)
      else reject(new CommandFailure(`${command} ${args[0] ?? ''} ended with ${signal ?? code}`, output))
    })
  })
}
