// The order for pktw-prepare@.service: read once, believed only where root alone could have written it.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { diagnose } from '../diagnostics/catalogue.ts'
import { Stop } from '../diagnostics/stop.ts'
import { type PrepareOrder, parseOrder, preparationPaths } from '../system/preparation.ts'
import { removeState } from './state.ts'

const longest = 4096

/** The text of a plain file of `owner` that nobody else may write. Throws why not. */
async function readOwnFile(path: string, owner: number): Promise<string> {
  // No FIFO is waited for, no link followed.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw new Error('it is no plain file')
    if (found.uid !== owner || (found.mode & 0o022) !== 0)
      throw new Error('somebody else may have written it')
    if (found.size > longest) throw new Error('it is too long')
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Reads the order and removes it: it is for one run. Throws Stop. */
export async function takeOrder(
  drive: string,
  path = preparationPaths.order(drive),
  owner = 0,
): Promise<PrepareOrder> {
  const missing = (why: string) => new Stop([diagnose('prepare.order-missing', { drive, why })])
  const text = await readOwnFile(path, owner).catch((error: Error) => {
    throw missing(`${path}: ${error.message}`)
  })
  await removeState(path)
  const order = parseOrder(text)
  if (order === undefined) throw missing(`${path} is not understood`)
  return order
}
