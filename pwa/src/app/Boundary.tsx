import { Trans, useLingui } from '@lingui/react/macro';
import { Component, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';

/** The last net: something outside the pages has failed. Calls are the server's and go on; notes are kept as they are typed. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="waiting">
        <Broken retry={() => location.reload()} />
      </main>
    );
  }
}

/** A page that cannot be shown, while the call bar above it goes on. */
export function PageBroken({ reset }: { error: unknown; reset: () => void }) {
  return <Broken retry={reset} />;
}

function Broken({ retry }: { retry: () => void }) {
  const { t } = useLingui();
  return (
    <section className="empty" role="alert" data-testid="broken">
      <Icon name="warn" />
      <h2>
        <Trans>Tuhle stránku se nepodařilo zobrazit</Trans>
      </h2>
      <p>
        <Trans>Běžící hovor pokračuje a co jste napsali, je uložené. Zkuste to znovu, nebo přejděte jinam.</Trans>
      </p>
      <Button tone="primary" icon="undo" onPress={retry} testId="broken-retry">
        {t`Zkusit znovu`}
      </Button>
    </section>
  );
}
