import type { Consumer } from 'kafkajs'

type Pausable = Pick<Consumer, 'pause' | 'resume'>

/**
 * Which partitions a consumer may take records from: none while a person paused it, and not those whose starting position
 * is still being settled. kafkajs knows one list of paused partitions only; this keeps the two reasons apart.
 */
export interface Intake {
  isClosed(partition: number): boolean
  pause(): void
  resume(): void
  /**
   * A new share: exactly these wait for their position, none of those before. `consumer` is the client that has it; it must
   * have a group by then.
   */
  begin(consumer: Pausable, held: readonly number[]): void
  /** These, too, wait for their position. */
  hold(partitions: Iterable<number>): void
  release(partitions: Iterable<number>): void
  /** The client is gone: what is asked for from now on is told to the next one. */
  end(): void
}

export function createIntake(topic: string): Intake {
  let paused = false
  let held = new Set<number>()
  let consumer: Pausable | undefined

  const tell = () => {
    if (!consumer) return
    if (paused) {
      consumer.pause([{ topic }])
      return
    }
    consumer.resume([{ topic }])
    if (held.size > 0) consumer.pause([{ topic, partitions: [...held] }])
  }
  return {
    isClosed: (partition) => paused || held.has(partition),
    pause: () => {
      paused = true
      tell()
    },
    resume: () => {
      paused = false
      tell()
    },
    begin: (next, partitions) => {
      consumer = next
      held = new Set(partitions)
      tell()
    },
    hold: (partitions) => {
      for (const partition of partitions) held.add(partition)
      tell()
    },
    release: (partitions) => {
      for (const partition of partitions) held.delete(partition)
      tell()
    },
    end: () => {
      consumer = undefined
    },
  }
}
