import type { GetServerSideProps } from 'next'
import { roomNameSchema } from '#lib/protocol/names.ts'

export interface RoomProps {
  room: string
}

/** The room that an address names. A name that no room can have is an address of nothing. */
export const roomProps: GetServerSideProps<{ room: string }> = ({ params }) => {
  const room = roomNameSchema.safeParse(params?.room)
  return Promise.resolve(room.success ? { props: { room: room.data } } : { notFound: true })
}
