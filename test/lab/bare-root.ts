// Prints the folder of a Debian that has Node and npm and nothing else; makes it first where the cache has none. .ci/bare-root runs
// README's commands in a copy of it.
import { rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { cacheFolder, LabError } from './host.ts'
import { bootstrap } from './images.ts'
import { bareInstallation, recipeHash } from './recipe.ts'

const folder = path.join(cacheFolder(), `bare-${bareInstallation.suite}-${recipeHash(bareInstallation)}`)
const work = `${folder}.${process.pid}`
try {
  if ((await stat(folder).catch(() => undefined)) === undefined) {
    process.stderr.write(`Making a bare ${bareInstallation.suite} (half a minute, once): ${folder}\n`)
    await bootstrap(bareInstallation, work)
    await rename(work, folder)
  }
  process.stdout.write(`${folder}\n`)
} catch (error) {
  await rm(work, { recursive: true, force: true })
  if (!(error instanceof LabError)) throw error
  process.stderr.write(`bare-root: ${error.message}\n`)
  process.exitCode = 2
}
