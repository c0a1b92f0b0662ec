from acme_host.cli import main

raise SystemExit(main())
