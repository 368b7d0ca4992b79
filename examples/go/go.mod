module example.com/amsrest

go 1.19
