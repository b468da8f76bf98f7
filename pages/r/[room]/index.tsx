import Head from 'next/head'
import { RoomPage } from '#components/room-page.tsx'
import { type RoomProps, roomProps } from '#components/room-props.ts'

export const getServerSideProps = roomProps

export default function PageOfRoom({ room }: RoomProps) {
  return (
    <>
      <Head>
        <title>{`Switchboard: ${room}`}</title>
      </Head>
      <RoomPage room={room} />
    </>
  )
}
