import type { Metadata } from 'next'
import { PhonePage } from '#components/phone/phone-page.tsx'
import { phoneSystems } from '#components/phone/systems.ts'

export const metadata: Metadata = { title: 'Join a room' }

export default function JoinPage() {
  return <PhonePage code="" systems={phoneSystems()} />
}
