import type { GetStaticProps } from 'next'
import Head from 'next/head'
import { PhonePage, type PhonePageProps } from '#components/phone/phone-page.tsx'
import { phoneSystems } from '#components/phone/systems.ts'

export const getStaticProps: GetStaticProps<PhonePageProps> = () => ({
  props: { code: '', systems: phoneSystems() },
})

export default function JoinPage(props: PhonePageProps) {
  return (
    <>
      <Head>
        <title>Join a room</title>
      </Head>
      <PhonePage {...props} />
    </>
  )
}
