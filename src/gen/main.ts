// pktw-gen: the program for packagers.
import { hideBin } from 'yargs/helpers'
import { pktwGen } from './program.ts'

// `pktw-gen show udev-rules | head`: whoever reads has had enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})
process.exitCode = await pktwGen(hideBin(process.argv))
