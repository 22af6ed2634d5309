import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useStore } from '../live/store';
import { Finder } from './Finder';
import { finderOpen } from './Opened';

/** The search for clients from anywhere; a call goes on beside it. */
export function ClientFinder() {
  const { t } = useLingui();
  const open = useStore(finderOpen);
  const navigate = useNavigate();
  const close = () => finderOpen.set(false);
  return (
    <ModalOverlay
      className="overlay client-finder"
      isOpen={open}
      onOpenChange={(now) => finderOpen.set(now)}
      isDismissable
    >
      <Modal>
        <Dialog className="dialog" data-testid="client-finder">
          <Heading slot="title" level={2} className="unseen">{t`Hledat klienta`}</Heading>
          <Finder
            act={t`otevřít`}
            autoFocus
            onClose={close}
            onPick={(client) => {
              close();
              void navigate({ to: '/clients/$client', params: { client: String(client.id) } });
            }}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
