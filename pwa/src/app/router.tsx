import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { DeskPage } from '../desk/DeskPage';
import { PageBroken } from './Boundary';
import { loadTexts } from './language';
import { NotFound } from './NotFound';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** A screen that has texts of administration, too. */
const admin = <T,>(load: () => Promise<T>) => Promise.all([load(), loadTexts('admin')]).then(([page]) => page);

const routes = [
  createRoute({ getParentRoute: () => root, path: '/', component: DeskPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/history',
    component: lazyRouteComponent(() => import('../history/HistoryPage'), 'HistoryPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/clients',
    component: lazyRouteComponent(() => import('../clients/ClientsPage'), 'ClientsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/clients/$client',
    component: lazyRouteComponent(() => import('../clients/ClientsPage'), 'ClientsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/callbacks',
    component: lazyRouteComponent(() => import('../callbacks/CallbacksPage'), 'CallbacksPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/floor',
    component: lazyRouteComponent(() => admin(() => import('../floor/FloorPage')), 'FloorPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/floor/limits',
    component: lazyRouteComponent(() => admin(() => import('../alerts/LimitsPage')), 'LimitsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/walls',
    component: lazyRouteComponent(() => admin(() => import('../wall/WallsPage')), 'WallsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/walls/$layout',
    component: lazyRouteComponent(() => admin(() => import('../wall/LayoutPage')), 'LayoutPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/wall',
    component: lazyRouteComponent(() => admin(() => import('../wall/WallPage')), 'WallPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/menus',
    component: lazyRouteComponent(() => admin(() => import('../menus/MenusPage')), 'MenusPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/menus/$flow',
    component: lazyRouteComponent(() => admin(() => import('../menus/EditorPage')), 'EditorPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings',
    component: lazyRouteComponent(() => admin(() => import('../settings/SettingsPage')), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/$section',
    component: lazyRouteComponent(() => admin(() => import('../settings/SettingsPage')), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings/$section/$item',
    component: lazyRouteComponent(() => admin(() => import('../settings/SettingsPage')), 'SettingsPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/account',
    component: lazyRouteComponent(() => import('../account/AccountPage'), 'AccountPage'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([...routes]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageBroken,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
