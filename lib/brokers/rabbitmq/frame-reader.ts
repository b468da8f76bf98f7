import * as z from 'zod'

/** The part of the client library that reads frames, with its own names. `rest`: the bytes received and not read yet. */
export interface FrameReader {
  rest: Buffer
  recvFrame(): unknown
}

/** Bytes of a frame before its payload: type, channel, size. */
export const FRAME_HEAD_BYTES = 7
export const FRAME_END_BYTES = 1
/** The type of a frame with a message's content header. */
export const FRAME_HEADER_TYPE = 2
/** Of a content header: class, weight and body size, before the flags of the properties. */
export const CONTENT_HEAD_BYTES = 12
/** Where the size of a frame's payload stands in its head. */
const SIZE_AT = 3

const modelSchema = z.object({
  connection: z.custom<FrameReader>(
    (value) => typeof value === 'object' && value !== null && 'recvFrame' in value && 'rest' in value,
  ),
})

/** What reads the frames of a connection; undefined in a client library that reads otherwise. */
export const frameReaderOf = (model: unknown): FrameReader | undefined =>
  modelSchema.safeParse(model).data?.connection

/** Where the payload of the frame that begins the bytes ends. */
export const payloadEnd = (frame: Buffer): number => FRAME_HEAD_BYTES + frame.readUInt32BE(SIZE_AT)
