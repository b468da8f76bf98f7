import type { Metadata } from 'next'
import { PhonePage } from '#components/phone/phone-page.tsx'
import { phoneSystems } from '#components/phone/systems.ts'

export const metadata: Metadata = { title: 'Join a room' }

interface PageProps {
  params: Promise<{ code: string }>
}

/** The link in a QR code. Which rooms there are, it does not say. */
export default async function JoinByCodePage({ params }: PageProps) {
  const { code } = await params
  return <PhonePage code={code} systems={phoneSystems()} />
}
