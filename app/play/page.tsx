import type { Metadata } from 'next'
import { Play } from '#components/player/play.tsx'

export const metadata: Metadata = { title: 'Switchboard: a recording' }

export default function PlayPage() {
  return <Play />
}
