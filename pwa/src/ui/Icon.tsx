/** Our own line drawings, 24 × 24. Beside them always stands a word, or the button has a name. */
const PATHS = {
  phone: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2',
  hangUp: 'M3 15v-2.5C5.5 9.5 8.5 8 12 8s6.5 1.5 9 4.5V15l-4.5 1-1-3.5a11 11 0 0 0-7 0l-1 3.5z',
  decline: 'M6 6l12 12M18 6L6 18',
  mic: 'M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3M5 11a7 7 0 0 0 14 0M12 18v3',
  micOff: 'M4 3l16 18M9 9v3a3 3 0 0 0 5 2M15 11V6a3 3 0 0 0-6-.5M5 11a7 7 0 0 0 11 5.5M12 18v3',
  callback: 'M9 4L4 9l5 5M4 9h9a7 7 0 0 1 7 7v3',
  pause: 'M9 5v14M15 5v14',
  play: 'M7 4l13 8-13 8z',
  check: 'M4 13l5 5L20 6',
  ready: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12l3 3 5-6',
  cup: 'M5 8h12v6a5 5 0 0 1-5 5h-2a5 5 0 0 1-5-5zM17 9h1a3 3 0 0 1 0 6h-1M8 2v3M12 2v3',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  pen: 'M4 20l1-5L16 4l4 4L9 19z',
  warn: 'M12 3l10 18H2zM12 10v5M12 18v.5',
  minus: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12h8',
  off: 'M12 3v8M6.5 6.5a8 8 0 1 0 11 0',
  user: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M4 21a8 8 0 0 1 16 0',
  people: 'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7M2 20a7 7 0 0 1 14 0M16 5a3.5 3.5 0 0 1 0 7M18 14a7 7 0 0 1 4 6',
  history: 'M4 12a8 8 0 1 0 3-6.2M4 4v4h4M12 8v5l3 2',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.1M4 12h.1M4 18h.1',
  headset: 'M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1z',
  search: 'M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14M16 16l5 5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  chevron: 'M6 9l6 6 6-6',
  board: 'M3 4h18v12H3zM8 20h8M12 16v4M7 12V9M12 12V7M17 12v-2',
  keyboard: 'M3 6h18v12H3zM7 10h.1M11 10h.1M15 10h.1M8 14h8',
  recordOff: 'M8 7a6 6 0 0 0 8 9M17 15a6 6 0 0 0-7-8.7M4 4l16 16',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  record: 'M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12',
  signal: 'M4 18v-3M9 18v-6M14 18V9M19 18V5',
  offline: 'M3 3l18 18M5 12a10 10 0 0 1 4-2.5M19 12a10 10 0 0 0-5-3M9 16a4 4 0 0 1 6 0M12 20h.1',
  swap: 'M7 4L3 8l4 4M3 8h13M17 12l4 4-4 4M21 16H8',
  ask: 'M4 5h11v8H9l-3 3v-3H4zM18 9h2v8h-2v3l-3-3h-4v-1',
  forward: 'M4 18v-3a5 5 0 0 1 5-5h10M15 6l4 4-4 4',
  park: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M10 17V7h3a2.7 2.7 0 0 1 0 5.5h-3',
  keypad: 'M6 5h.1M12 5h.1M18 5h.1M6 11h.1M12 11h.1M18 11h.1M6 17h.1M12 17h.1M18 17h.1M12 21h.1',
  dial: 'M4 5h4l2 4.5-2.3 1.4a10 10 0 0 0 4.4 4.4l1.4-2.3L18 15v4a2 2 0 0 1-2 2A14 14 0 0 1 2 7a2 2 0 0 1 2-2M15 8h6M18 5v6',
  star: 'M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z',
  starFull: 'M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z',
  ear: 'M7 10a5 5 0 0 1 10 0c0 4-4 4-4 7a3 3 0 0 1-5 2M10 10a2 2 0 0 1 4 0c0 1.500-2 2-2 3.500',
  exit: 'M10 4H5v16h5M14 8l4 4-4 4M18 12H9',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
