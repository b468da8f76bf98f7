import { spawn } from 'node:child_process'

/** How long a program's last words may take to arrive after it ended. */
const LAST_OUTPUT_MS = 500

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch (error) {
    // ESRCH: it has ended already, which is what every signal here is for.
    if (error.code !== 'ESRCH') throw error
  }
}

/**
 * Runs one program in a process group of its own, its output going to `log`. `exited` never rejects; by the time it
 * resolves nothing of the group is left (RabbitMQ is a script around a virtual machine with helpers).
 */
export function runProgram({ command, args, env, cwd }, log) {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.on('data', (chunk) => log.append(chunk))
  child.stderr.on('data', (chunk) => log.append(chunk))
  const killGroup = () => {
    if (child.pid) signal(-child.pid, 'SIGKILL')
  }
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, text: `${command} cannot be run: ${error.message}` }))
    child.once('exit', (code, signalName) => {
      killGroup()
      const text = signalName ? `ended by ${signalName}` : `ended with exit code ${code}`
      // 'close' follows once its output is read to the end; a helper that left the group may hold the pipe for ever.
      const end = { ok: code === 0, text }
      child.once('close', () => resolve(end))
      setTimeout(() => resolve(end), LAST_OUTPUT_MS).unref()
    })
  })
  return {
    pid: child.pid ?? null,
    exited,
    killGroup,
    /** Asks politely, then insists. */
    async stop(stopSignal, timeoutMs) {
      if (child.pid) signal(child.pid, stopSignal)
      const insist = setTimeout(killGroup, timeoutMs)
      const end = await exited
      clearTimeout(insist)
      return end
    },
  }
}
