// The drive held open without excluding anybody, beside a mount of the disc: a drive that nobody has open has its door unlocked by the
// kernel, and DVD+RW are closed by it each time that the last one lets go.
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Opens /dev/`drive`, which also has the kernel look whether the disc is still there. Gives how to close it. Rejects as open(2). */
export async function holdOpen(drive: string): Promise<() => Promise<void>> {
  // O_NONBLOCK: the disc is not read on our account.
  const handle = await open(`/dev/${drive}`, constants.O_RDONLY | constants.O_NONBLOCK)
  return () => handle.close()
}
