import { errors, jwtVerify, SignJWT } from 'jose'
import * as z from 'zod'
import { personNameSchema, roomNameSchema } from '#lib/protocol/names.ts'
import { type Grant, nothingBut } from './grant.ts'

const ALGORITHM = 'HS256'
const ISSUER = 'switchboard'
/** No token of ours is longer; a longer one is not looked at. */
const TOKEN_MAX_CHARS = 2_048
const MS_PER_SECOND = 1_000

const claimsSchema = z.object({
  sub: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  name: personNameSchema,
  role: z.enum(['participant', 'presenter']),
  /** Absent for all rooms. */
  room: roomNameSchema.optional(),
  exp: z.number().int(),
})

/** A grant that a token can hold. */
export interface SignedGrant extends Grant {
  readonly role: 'participant' | 'presenter'
  readonly person: NonNullable<Grant['person']>
  readonly expiresAt: number
}

/** Grants as signed text: JSON Web Tokens with HMAC-SHA-256, which only this secret can make. */
export interface Tokens {
  sign(grant: SignedGrant): Promise<string>
  /** Never rejects: whatever is no valid token grants nothing, and says why. */
  verify(token: string): Promise<Grant>
}

export function createTokens(secret: Uint8Array, now: () => number = Date.now): Tokens {
  return {
    sign: ({ role, room, person, expiresAt }) =>
      new SignJWT({ role, name: person.name, ...(room === null ? {} : { room }) })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(person.id)
        .setExpirationTime(Math.floor(expiresAt / MS_PER_SECOND))
        .sign(secret),
    verify: async (token) => {
      if (token.length > TOKEN_MAX_CHARS) return nothingBut('valid-token')
      try {
        const { payload } = await jwtVerify(token, secret, {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          currentDate: new Date(now()),
        })
        const claims = claimsSchema.safeParse(payload)
        return claims.success ? grantOf(claims.data) : nothingBut('valid-token')
      } catch (error) {
        if (error instanceof errors.JWTExpired) return nothingBut('current-token')
        if (error instanceof errors.JOSEError) return nothingBut('valid-token')
        throw error
      }
    },
  }
}

const grantOf = ({ sub, name, role, room, exp }: z.infer<typeof claimsSchema>): Grant => ({
  role,
  room: room ?? null,
  person: { id: sub, name },
  expiresAt: exp * MS_PER_SECOND,
})
