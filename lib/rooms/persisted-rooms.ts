import { readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { DriverLog } from '#lib/brokers/contract.ts'
import { lessonSchema } from '#lib/protocol/lesson.ts'
import { roomLessonSchema } from '#lib/protocol/lesson-state.ts'
import { roomNameSchema } from '#lib/protocol/names.ts'
import { seatRulesSchema } from '#lib/protocol/room.ts'
import { sceneSchema } from '#lib/protocol/scene.ts'
import { persistedGatheringSchema } from './persisted-gathering.ts'

/** A change is written this much later, with all that came meanwhile: what a killed server forgets at most. */
const WRITE_AFTER_MS = 500

const persistedRoomSchema = z.object({
  name: roomNameSchema,
  /** What it was made of, and is reset to; null: the classic three. */
  scene: sceneSchema.nullable(),
  /** What it holds now, without the seats of people, who take theirs again. */
  holds: sceneSchema,
  lesson: roomLessonSchema.nullable(),
  /** That lesson itself, where its file was brought into the room. */
  ownLesson: lessonSchema.optional(),
  seats: seatRulesSchema,
  /** Absent in files of before it was persisted. */
  gathering: persistedGatheringSchema.optional(),
})
export type PersistedRoom = z.infer<typeof persistedRoomSchema>

const fileSchema = z.object({
  version: z.literal(1),
  rooms: z.array(persistedRoomSchema),
  /** Of the lobby only this is persisted: it always exists, and always with the same destinations. */
  lobby: persistedGatheringSchema.optional(),
})
export type PersistedFile = Omit<z.infer<typeof fileSchema>, 'version'>

/** Who voted for what is nobody else's business. */
const OWNER_ONLY = 0o600

export interface PersistedRoomsOptions {
  /** Absent: nothing is persisted. */
  file: string | undefined
  log: DriverLog
  /** The rooms as they are now. */
  rooms: () => PersistedFile
}

/**
 * A file that lets rooms outlive the server: what each is made of, which lesson goes on in it, and how people voted. What was
 * said in them is not persisted, nor who was there. A server that is killed forgets at most the last half a second. Whoever
 * made it closes it.
 */
export class PersistedRooms {
  readonly #options: PersistedRoomsOptions
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()
  #written = ''
  /** The last write failed: that is logged once, not at every change. */
  #failing = false
  #closed = false

  constructor(options: PersistedRoomsOptions) {
    this.#options = options
  }

  /** The rooms of the last run; none where there is no file, or where it holds something else, which is logged. */
  read(): PersistedFile {
    const { file, log } = this.#options
    if (file === undefined) return { rooms: [] }
    try {
      const text = readFileSync(file, 'utf8')
      this.#written = text
      return fileSchema.parse(JSON.parse(text))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
        log.warn({ err: error, file }, 'the rooms of the last run cannot be read')
      return { rooms: [] }
    }
  }

  /** A room may have changed: it is written soon. */
  changed(): void {
    if (this.#options.file === undefined || this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#writing = this.#writing.then(() => this.#write())
    }, WRITE_AFTER_MS).unref()
  }

  /** Writes what is not written yet; later changes are not persisted. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#writing
    if (this.#options.file !== undefined) await this.#write()
  }

  async #write(): Promise<void> {
    const { file, log, rooms } = this.#options
    if (file === undefined) return
    const text = JSON.stringify({ version: 1, ...rooms() })
    if (text === this.#written) return
    try {
      await mkdir(dirname(file), { recursive: true })
      // Whoever reads it meanwhile, or is killed while writing, finds the old file or the new one, whole.
      await writeFile(`${file}.new`, text, { mode: OWNER_ONLY })
      await rename(`${file}.new`, file)
      this.#written = text
      this.#failing = false
    } catch (error) {
      if (!this.#failing) log.warn({ err: error, file }, 'the rooms cannot be kept: they end with this run')
      this.#failing = true
    }
  }
}
