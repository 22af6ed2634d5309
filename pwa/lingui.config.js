import { formatter } from '@lingui/format-po';

export default {
  sourceLocale: 'cs',
  locales: ['cs'],
  catalogs: [{ path: '<rootDir>/src/locales/{locale}', include: ['src'], exclude: ['**/gql/**', '**/*.test.*'] }],
  format: formatter({ lineNumbers: false }),
};
