import Head from 'next/head'
import { type RoomProps, roomProps } from '#components/room-props.ts'
import { Stage } from '#components/stage/stage.tsx'

export const getServerSideProps = roomProps

export default function StagePage({ room }: RoomProps) {
  return (
    <>
      <Head>
        <title>{`Switchboard: the stage of ${room}`}</title>
      </Head>
      <Stage room={room} />
    </>
  )
}
