import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pixelmatch from 'pixelmatch'
import { PNG } from 'pngjs'

/** How far two colours of one pixel may be apart, 0 to 1: font smoothing differs by less, a changed token by more. */
const COLOUR_TOLERANCE = 0.05

/** One picture's outcome. `pixels` is how many differ; `missing` names the folder that has no such picture. */
export type PictureOutcome =
  | { name: string; is: 'same' }
  | { name: string; is: 'different'; pixels: number; sizes: string }
  | { name: string; is: 'missing'; from: string }

const sizeOf = ({ width, height }: PNG): string => `${width}x${height}`

/** The picture on a ground of the given size, so that two pictures of different sizes can be compared. */
function onGround(picture: PNG, width: number, height: number): PNG {
  if (picture.width === width && picture.height === height) return picture
  const ground = new PNG({ width, height })
  PNG.bitblt(picture, ground, 0, 0, picture.width, picture.height, 0, 0)
  return ground
}

async function comparePair(name: string, folders: Folders): Promise<PictureOutcome> {
  const [before, after] = await Promise.all([
    readFile(join(folders.before, name)),
    readFile(join(folders.after, name)),
  ])
  if (before.equals(after)) return { name, is: 'same' }
  const [one, two] = [PNG.sync.read(before), PNG.sync.read(after)]
  const [width, height] = [Math.max(one.width, two.width), Math.max(one.height, two.height)]
  const difference = new PNG({ width, height })
  const pixels = pixelmatch(
    onGround(one, width, height).data,
    onGround(two, width, height).data,
    difference.data,
    width,
    height,
    { threshold: COLOUR_TOLERANCE },
  )
  if (pixels === 0) return { name, is: 'same' }
  await writeFile(join(folders.differences, name), PNG.sync.write(difference))
  const sizes = sizeOf(one) === sizeOf(two) ? sizeOf(one) : `${sizeOf(one)} became ${sizeOf(two)}`
  return { name, is: 'different', pixels, sizes }
}

export interface Folders {
  before: string
  after: string
  /** Emptied first; holds one image for each pair that differs, with the differing pixels in red. */
  differences: string
}

const picturesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.png'))

/** Compares the PNGs of two folders by name, pixel by pixel. `only` is a regular expression that names must match. */
export async function comparePictures(folders: Folders, only = ''): Promise<PictureOutcome[]> {
  await rm(folders.differences, { recursive: true, force: true })
  await mkdir(folders.differences, { recursive: true })
  const [before, after] = await Promise.all([picturesIn(folders.before), picturesIn(folders.after)])
  const names = [...new Set([...before, ...after])].filter((name) => new RegExp(only).test(name)).sort()
  const outcomes: PictureOutcome[] = []
  for (const name of names) {
    const missing = [folders.before, folders.after].find((folder) => !existsSync(join(folder, name)))
    outcomes.push(missing ? { name, is: 'missing', from: missing } : await comparePair(name, folders))
  }
  return outcomes
}
