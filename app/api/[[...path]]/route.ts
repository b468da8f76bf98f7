import { handleApiRequest } from '#lib/http/api.ts'

export const GET = handleApiRequest
export const HEAD = handleApiRequest
export const POST = handleApiRequest
export const PUT = handleApiRequest
export const PATCH = handleApiRequest
export const DELETE = handleApiRequest
