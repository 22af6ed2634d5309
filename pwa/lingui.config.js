import { formatter } from '@lingui/format-po';

const never = ['**/gql/**', '**/*.test.*'];
/** Screens of those who lead, and of walls: nobody else loads their texts. */
const admin = [
  'src/menus',
  'src/settings',
  'src/destinations',
  'src/forms',
  'src/words/menus.ts',
  'src/words/access.ts',
  'src/clients/PersonData.tsx',
  'src/words/settings.ts',
  'src/floor',
  'src/alerts',
  'src/wall',
  'src/words/floor.ts',
  'src/words/wall.ts',
];

export default {
  sourceLocale: 'cs',
  locales: ['cs', 'sk', 'en'],
  catalogs: [
    {
      path: '<rootDir>/src/locales/{locale}',
      include: ['src'],
      exclude: [...never, ...admin.map((part) => `**/${part}/**`), ...admin.map((part) => `**/${part}`)],
    },
    { path: '<rootDir>/src/locales/admin/{locale}', include: admin, exclude: never },
  ],
  format: formatter({ lineNumbers: false }),
};
