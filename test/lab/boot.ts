// From options to a machine that answers: image, state, product, drive server.
import path from 'node:path'
import { getImage } from './images.ts'
import type { Suite } from './recipe.ts'
import { bootCold, bootWarm, type Ready } from './warm.ts'

export interface BootOptions {
  suite: Suite
  /** The suite's image with a desktop; the plain one unless told. */
  desktop?: boolean
  cold: boolean
  /** Folder for this boot's throw-away files. */
  run: string
  /** Folder that gets the console's log: console.log, or console-desktop.log. */
  results: string
  say: (line: string) => void
  /** Memory of the machine; another than usual means a cold boot. */
  memoryMiB?: number
}

/** The checkout: where dist/ is. The lab is started from there by npm. */
export const checkout = process.cwd()

/** A machine that is up. */
export const boot = async (options: BootOptions): Promise<Ready> => {
  const { suite, desktop = false, memoryMiB } = options
  const image = await getImage(suite, desktop, { step: options.say })
  const files = {
    run: options.run,
    product: checkout,
    consoleLog: path.join(options.results, desktop ? 'console-desktop.log' : 'console.log'),
    ...(memoryMiB === undefined ? {} : { memoryMiB }),
  }
  const cold = options.cold || memoryMiB !== undefined
  options.say(`${image.name}: ${cold ? 'booting' : 'starting'} (Linux ${image.release})`)
  return cold ? bootCold(image, files) : bootWarm(image, files, options.say)
}
