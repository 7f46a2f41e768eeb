import { smallCampaign } from './small.ts';

smallCampaign('rolling');
