import type { GetServerSideProps } from 'next'
import Head from 'next/head'
import { PhonePage, type PhonePageProps } from '#components/phone/phone-page.tsx'
import { phoneSystems } from '#components/phone/systems.ts'

export const getServerSideProps: GetServerSideProps<PhonePageProps> = ({ params }) =>
  Promise.resolve({ props: { code: String(params?.code ?? ''), systems: phoneSystems() } })

/** The link in a QR code. Which rooms there are, it does not say. */
export default function JoinByCodePage(props: PhonePageProps) {
  return (
    <>
      <Head>
        <title>Join a room</title>
      </Head>
      <PhonePage {...props} />
    </>
  )
}
