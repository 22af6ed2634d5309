import type { CodegenConfig } from '@graphql-codegen/cli';

/** While developing, operations go as texts: the running API does not know yet what is being written. */
const persistedDocuments = process.env.KC_WHOLE_OPERATIONS
  ? false
  : ({ mode: 'replaceDocumentWithHash', hashAlgorithm: 'sha256' } as const);

const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['src/api/documents/*.graphql'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: { Date: 'string', DateTime: 'string', ID: 'string' },
      },
    },
  },
};

export default config;
