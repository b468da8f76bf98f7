import { randomUUID } from 'node:crypto'
import { AppError } from '#lib/protocol/errors.ts'
import type { Lesson } from '#lib/protocol/lesson.ts'
import type { LessonMove, RoomLesson } from '#lib/protocol/lesson-state.ts'
import { now } from '#lib/util/clock.ts'
import type { LessonToOpen } from './contract.ts'
import type { RoomStream } from './room-stream.ts'

/** The lesson that goes on in a room: which step is shown, how many are done. Whoever moves it last wins, and all see it. */
export class RoomLessonState {
  private readonly stream: RoomStream
  private lesson: RoomLesson | null = null
  private brought: Lesson | null = null

  constructor(stream: RoomStream) {
    this.stream = stream
  }

  get now(): RoomLesson | null {
    return this.lesson
  }

  /** Begins a new run at the first step. */
  open({ name, title, steps, parts, own }: LessonToOpen, by?: string): RoomLesson {
    this.brought = own ?? null
    return this.set({
      ...(own === undefined ? {} : { own: true as const }),
      ...(parts === undefined ? {} : { parts }),
      ...{ name, title, steps, run: randomUUID(), step: 0, done: 0, phase: 'question', startedAt: now() },
      ...(by === undefined ? {} : { by }),
    })
  }

  /** The lesson that went on before the server was started again. Nobody is there yet who had to hear of it. */
  restore(lesson: RoomLesson, own: Lesson | null): void {
    this.lesson = lesson
    this.brought = own
  }

  /** The lesson itself, where its file was brought here. */
  get own(): Lesson | null {
    return this.lesson === null ? null : this.brought
  }

  /** Throws `wrong-state` when no lesson goes on, or another run of it. Steps that it does not have are its last ones. */
  move({ run, ...move }: LessonMove, by?: string): RoomLesson {
    const { lesson } = this
    if (lesson === null) throw new AppError('wrong-state', 'no lesson goes on in this room')
    if (run !== undefined && run !== lesson.run)
      throw new AppError('wrong-state', 'the lesson has begun anew since')
    const { by: _before, ...before } = lesson
    const step = Math.min(move.step ?? before.step, before.steps)
    const done = Math.min(move.done ?? before.done, before.steps)
    const phase = move.phase ?? before.phase
    if (step === before.step && done === before.done && phase === before.phase) return lesson
    return this.set({ ...before, step, done, phase, ...(by === undefined ? {} : { by }) })
  }

  close(): void {
    if (this.lesson === null) return
    this.lesson = null
    this.emit()
  }

  private set(lesson: RoomLesson): RoomLesson {
    this.lesson = lesson
    this.emit()
    return lesson
  }

  private emit(): void {
    this.stream.emit({ kind: 'lesson', at: now(), evidence: 'client', now: this.lesson })
  }
}
