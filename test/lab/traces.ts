// What is not in a file: whatever of pktw the running system still knows.
import type { Context } from './scenario.ts'

const ours = /pktw(?!-lab)(?!\.lab)|cdvdrw|^E: PKTW_|pktcdvd/

const asks: [string, string[]][] = [
  ['in /run and /dev', ['find', '/run', '/dev', '-xdev', '-name', '*pktw*', '-o', '-name', '*cdvdrw*']],
  ['mounted', ['findmnt', '--noheadings', '--list', '--types=udf']],
  ['loaded by systemd', ['systemctl', 'list-units', '--all', '--plain', '--no-legend']],
  ['known to systemd', ['systemctl', 'list-unit-files', '--no-legend']],
  ['in the database of udev', ['udevadm', 'info', '--export-db']],
  ['among users', ['getent', 'passwd']],
  ['among groups', ['getent', 'group']],
  ['among processes', ['ps', '-e', '-o', 'args=']],
]

/** Checks that nothing is left but the lab's own. */
export async function checkNoTraces(ctx: Context, what: string): Promise<void> {
  for (const [where, argv] of asks) {
    const { stdout } = await ctx.guest.exec(argv)
    const left = stdout.split('\n').filter((line) => ours.test(line) && !line.includes('/opt/pktw-lab'))
    ctx.check(`${what}: nothing is left ${where}`, left.length === 0, left.slice(0, 5))
  }
  const attached = (await ctx.must(['sh', '-c', 'ls /sys/block/nbd*/pid 2>/dev/null || true'])).stdout
  ctx.check(`${what}: no block device is attached`, attached === '', attached)
}
