import Head from 'next/head'
import { Play } from '#components/player/play.tsx'

export default function PlayPage() {
  return (
    <>
      <Head>
        <title>Switchboard: a recording</title>
      </Head>
      <Play />
    </>
  )
}
