export { openPresenterLink as GET } from '#lib/http/presenter-link.ts'
