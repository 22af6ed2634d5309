import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/panels.css';
import './app/sign-in.css';
import './app/shell.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { StrictMode } from 'react';
import { I18nProvider as AriaLocale } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { Root } from './app/Root';
import { findSession } from './app/session';
import { applyTheme } from './app/theme';
import { registerServiceWorker } from './app/update';
import { messages } from './locales/cs.po';

i18n.load('cs', messages);
i18n.activate('cs');
applyTheme();
void findSession();

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <AriaLocale locale="cs-CZ">
        <Root />
      </AriaLocale>
    </I18nProvider>
  </StrictMode>,
);
registerServiceWorker();
