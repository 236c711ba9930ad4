// Operation codes that pktw sends (MMC-6 §6, SPC-5), and their names for people.

export const opcode = {
  testUnitReady: 0x00,
  requestSense: 0x03,
  formatUnit: 0x04,
  inquiry: 0x12,
  startStopUnit: 0x1b,
  preventAllowMediumRemoval: 0x1e,
  readFormatCapacities: 0x23,
  readCapacity: 0x25,
  read10: 0x28,
  write10: 0x2a,
  synchronizeCache: 0x35,
  getConfiguration: 0x46,
  getEventStatusNotification: 0x4a,
  readDiscInformation: 0x51,
  readTrackInformation: 0x52,
  modeSelect10: 0x55,
  modeSense10: 0x5a,
  closeTrackSession: 0x5b,
  blank: 0xa1,
  getPerformance: 0xac,
  readDiscStructure: 0xad,
  setStreaming: 0xb6,
  setCdSpeed: 0xbb,
} as const

const names: Record<number, string> = {
  [opcode.testUnitReady]: 'TEST UNIT READY',
  [opcode.requestSense]: 'REQUEST SENSE',
  [opcode.formatUnit]: 'FORMAT UNIT',
  [opcode.inquiry]: 'INQUIRY',
  [opcode.startStopUnit]: 'START STOP UNIT',
  [opcode.preventAllowMediumRemoval]: 'PREVENT ALLOW MEDIUM REMOVAL',
  [opcode.readFormatCapacities]: 'READ FORMAT CAPACITIES',
  [opcode.readCapacity]: 'READ CAPACITY',
  [opcode.read10]: 'READ (10)',
  [opcode.write10]: 'WRITE (10)',
  [opcode.synchronizeCache]: 'SYNCHRONIZE CACHE',
  [opcode.getConfiguration]: 'GET CONFIGURATION',
  [opcode.getEventStatusNotification]: 'GET EVENT STATUS NOTIFICATION',
  [opcode.readDiscInformation]: 'READ DISC INFORMATION',
  [opcode.readTrackInformation]: 'READ TRACK INFORMATION',
  [opcode.modeSelect10]: 'MODE SELECT (10)',
  [opcode.modeSense10]: 'MODE SENSE (10)',
  [opcode.closeTrackSession]: 'CLOSE TRACK SESSION',
  [opcode.blank]: 'BLANK',
  [opcode.getPerformance]: 'GET PERFORMANCE',
  [opcode.readDiscStructure]: 'READ DISC STRUCTURE',
  [opcode.setStreaming]: 'SET STREAMING',
  [opcode.setCdSpeed]: 'SET CD SPEED',
}

/** The standard's name of the command in a CDB; `command 9Fh` for one that is not ours. */
export function commandName(cdb: Uint8Array): string {
  const code = cdb[0] ?? 0
  return names[code] ?? `command ${code.toString(16).toUpperCase().padStart(2, '0')}h`
}
