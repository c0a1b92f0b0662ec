module acme

go 1.24
