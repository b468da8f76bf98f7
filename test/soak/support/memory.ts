import type { Dashboard } from '#test/support/dashboard.ts'

const MIB = 1024 * 1024

/** One look at the server's memory, in MiB. */
interface Look {
  heapMib: number
  rssMib: number
}

/** Looks at the server's memory now and then, by its own metrics. */
export interface MemoryWatch {
  readonly looks: readonly Look[]
  close(): Promise<void>
}

const LOOK_EVERY_MS = 1_000

const metric = (text: string, name: string): number => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  if (line === undefined) throw new Error(`no metric ${name}`)
  return Number(line.slice(name.length + 1)) / MIB
}

export function watchMemory(dashboard: Dashboard): MemoryWatch {
  const looks: Look[] = []
  let look: Promise<void> = Promise.resolve()
  const lookNow = async () => {
    const answer = await dashboard.request('GET', '/api/metrics')
    if (!answer.ok) return
    const text = await answer.text()
    looks.push({
      heapMib: metric(text, 'nodejs_heap_size_used_bytes'),
      rssMib: metric(text, 'process_resident_memory_bytes'),
    })
  }
  const timer = setInterval(() => {
    look = look.then(lookNow)
  }, LOOK_EVERY_MS)
  return {
    looks,
    close: async () => {
      clearInterval(timer)
      await look
    },
  }
}

/** The least heap in use within a part of the looks: what is left after collections of garbage. */
export function heapFloor(looks: readonly Look[], from: number, to: number): number {
  const part = looks.slice(Math.floor(looks.length * from), Math.ceil(looks.length * to))
  return Math.min(...part.map(({ heapMib }) => heapMib))
}
