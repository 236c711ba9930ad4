// An interactive root shell on the guest's serial console.
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { type BootOptions, boot } from './boot.ts'

/** Until Ctrl-] or the machine ends. */
export const shell = async (options: BootOptions & { quiet: () => void }): Promise<number> => {
  const { machine } = await boot(options)
  await machine.exec(['systemctl', 'start', 'serial-getty@ttyS0.service'])
  options.quiet()
  const socket = createConnection(machine.consoleSocket)
  await once(socket, 'connect')
  process.stderr.write('Root shell on ttyS0; Ctrl-] leaves and switches the machine off.\n')
  const { columns = 80, rows = 24 } = process.stdout
  await machine.exec(['stty', '-F', '/dev/ttyS0', 'cols', String(columns), 'rows', String(rows)])
  if (process.stdin.isTTY) process.stdin.setRawMode(true)
  process.stdin.resume()
  socket.pipe(process.stdout, { end: false })
  socket.write('\r')
  process.stdin.on('data', (bytes: Buffer) => {
    if (bytes.includes(0x1d)) socket.destroy()
    else socket.write(bytes)
  })
  process.stdin.on('end', () => socket.destroy())
  await once(socket, 'close')
  if (process.stdin.isTTY) process.stdin.setRawMode(false)
  process.stdin.pause()
  await machine.kill()
  return 0
}
